"""What can go wrong with a registry, by what the user can do about it."""

from nanosieve.errors import ModelError, NanosieveError


class RegistryError(NanosieveError):
    """A registry is damaged, of another version, or refuses what was asked."""


class UnreachableError(RegistryError):
    """A registry does not answer; what was fetched before can still be used."""


class NotThereError(RegistryError):
    """A model, version or alias that is not in the registry."""


class ChangedError(ModelError):
    """Files of a registered model are not those that were published."""


class PromotionError(RegistryError):
    """A version is not good enough, or was not shown to be, or somebody else was faster."""
