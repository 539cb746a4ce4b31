"""Laws off open sets of R^d: on circles, spheres, simplices, matrices and flats; of counts."""
