:INPUT
-m rpc;;FAIL
