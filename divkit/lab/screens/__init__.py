"""The screens' models: one module a screen, listed in `divkit.lab.screens.table`."""
