-p tcp -m tcpmss --mss 1400;=;OK
-p tcp -m tcpmss --mss 1400:1500;=;OK
-p tcp -m tcpmss --mss 1500:1400;;FAIL
-p tcp -m tcpmss --mss 1400:;-p tcp -m tcpmss --mss 1400:65535;OK
-p tcp -m tcpmss ! --mss :1400;-p tcp -m tcpmss ! --mss 0:1400;OK
-m tcpmss --mss 1400;;FAIL
-p udp -m tcpmss --mss 1400;;FAIL
! -p tcp -m tcpmss --mss 1400;;FAIL
-p tcp -m tcpmss;;FAIL
-p tcp -m tcpmss --mss 65536;;FAIL
%family 6
-p tcp -m tcpmss --mss 5:9;=;OK
