"""The plain U-Net of Ronneberger et al. 2015, the reference of Bals and Epple."""
