:INPUT
-m mport;;FAIL
