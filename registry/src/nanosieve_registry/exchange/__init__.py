"""Models between labs: one signed file, ``x.nsmodel``, that is checked whole before anything in it is used."""
