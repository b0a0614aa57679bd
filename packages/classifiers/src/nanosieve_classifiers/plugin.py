"""The list of classifiers that this package offers."""
