"""AlexNet in the form of Zeiler and Fergus."""
