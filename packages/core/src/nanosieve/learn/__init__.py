"""Learning with torch: training, tiles, bundles. Imported by plugin packages, never by the rest of core."""
