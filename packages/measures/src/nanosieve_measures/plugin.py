"""The list of measures that this package offers."""
