"""Laws with atoms: rows that one sample alone can have, cells of the others, designs on both."""
