"""How a micrograph was recorded; apart from `nanosieve.values`, so that options can name it without importing numpy."""

from typing import Literal

Kind = Literal["se", "stem_bf", "stem_df"]
"""Secondary electrons, transmission in bright or in dark field."""
