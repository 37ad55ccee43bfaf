"""Whatever a person has, pasted in any mixture: rules, host and packets, and a receipt.

``reading.read_paste`` is the way in. A paste is cut into blocks (``cut``), each is taken by one
form (``forms``), and all forms put down what they read on one ``desk``.
"""
