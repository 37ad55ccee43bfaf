# this kernel has no IPVS, so that it refuses what the tool accepts
:INPUT
-m ipvs;;FAIL
-m ipvs ! --ipvs --vproto tcp;;FAIL
-m ipvs --vdir UP;;FAIL
-m ipvs --vmethod NAT;;FAIL
-m ipvs --vaddr nowhere;;FAIL
-m ipvs --vport 99999999999999999999;;FAIL
