"""The affinity formula: JS and its kin in any dimension from ρ(ω) = ∫ p^{½−iω} q^{½+iω} dx."""
