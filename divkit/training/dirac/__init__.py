"""The Dirac-GAN, in closed form and played."""
