:FORWARD
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
*mangle
-p tcp --syn -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1000;OK
-p tcp --syn -j TCPMSS --set-mss 0;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 0;OK
-p tcp --syn -j TCPMSS --set-mss 65495;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 65495;OK
-p tcp --syn -j TCPMSS --set-mss 65496;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 65496;OK
-p tcp --syn -j TCPMSS --set-mss 65536;;FAIL
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1000;OK
-p tcp --syn -j TCPMSS;;FAIL
-p tcp -j TCPMSS --set-mss 1000;;FAIL
-p tcp --tcp-flags SYN SYN -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags SYN SYN -j TCPMSS --set-mss 1000;OK
-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000;OK
-p tcp --tcp-flags SYN,RST SYN,RST -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags SYN,RST SYN,RST -j TCPMSS --set-mss 1000;OK
-p tcp ! --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000;;FAIL
-p tcp ! --syn -j TCPMSS --set-mss 1000;;FAIL
-p tcp --tcp-flags ALL SYN -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG SYN -j TCPMSS --set-mss 1000;OK
-p tcp --tcp-flags ALL ALL -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,SYN,RST,PSH,ACK,URG -j TCPMSS --set-mss 1000;OK
-p tcp --tcp-flags ALL NONE -j TCPMSS --set-mss 1000;;FAIL
-p tcp --tcp-flags RST SYN -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags RST SYN -j TCPMSS --set-mss 1000;OK
-p tcp -m tcp --dport 1 -m tcp --syn -j TCPMSS --set-mss 1000;-p tcp -m tcp --dport 1 -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1000;OK
! -p tcp -j TCPMSS --set-mss 1000;;FAIL
-j TCPMSS --set-mss 1000;;FAIL
-p tcp --syn -j TCPMSS --set-mss 65515;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 65515;OK
-p tcp --syn -j TCPMSS --set-mss 65516;;FAIL
-p tcp --syn -j TCPMSS --set-mss 1000 --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
:INPUT
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;;FAIL
:OUTPUT
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
:POSTROUTING
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
:PREROUTING
-p tcp --syn -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1000;OK
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;;FAIL
*nat
-p tcp --syn -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1000;OK
*raw
-p tcp --syn -j TCPMSS --set-mss 1000;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 1000;OK
%family 6
*mangle
:FORWARD
-p tcp --syn -j TCPMSS --set-mss 65475;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 65475;OK
-p tcp --syn -j TCPMSS --set-mss 65476;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 65476;OK
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
-p tcp --syn -j TCPMSS --set-mss 65495;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 65495;OK
-p tcp --syn -j TCPMSS --set-mss 65496;;FAIL
-p tcp --syn -j TCPMSS --set-mss 65515;;FAIL
-p tcp --syn -j TCPMSS --set-mss 65516;;FAIL
