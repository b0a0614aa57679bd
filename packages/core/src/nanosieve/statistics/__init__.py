"""Statistics of particles."""
