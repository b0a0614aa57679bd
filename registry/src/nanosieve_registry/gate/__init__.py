"""Which version is the champion: compared on the same images, promoted or refused, and every decision recorded."""
