"""Laws on finitely many points: tables of log probabilities."""
