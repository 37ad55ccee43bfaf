"""What ``iptables -L`` prints, read back to rules.

A row is cut at its columns (``row``); what stands behind the addresses is read by the templates
that each extension declares for its own printing (``templates``, ``own`` where a function
prints); the loader and the printing itself prove the result (``rule``).
"""
