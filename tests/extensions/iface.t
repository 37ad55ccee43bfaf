:INPUT
-m iface;;FAIL
