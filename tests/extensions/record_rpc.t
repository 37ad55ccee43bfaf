:INPUT
-m record_rpc;;FAIL
