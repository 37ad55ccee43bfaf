:INPUT
-m ipp2p;;FAIL
