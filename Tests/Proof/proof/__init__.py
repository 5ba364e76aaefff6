"""The proofs: attacks on the real binary, with figures. `scripts/proof` runs them; docs/proofs.md explains them."""
