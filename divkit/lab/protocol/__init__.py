"""Words that browser and server say to each other: the subprotocol `divkit-lab.1`."""
