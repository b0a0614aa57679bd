"""Networks that tell the shapes of particles apart: cut-outs, training, calibration, use."""
