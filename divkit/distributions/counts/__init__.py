"""Laws of counts: countably many atoms on a lattice, each law by the ratio of its neighbours."""
