"""How strong the tests are: small faults are put into the engine, and the tests must see them."""
