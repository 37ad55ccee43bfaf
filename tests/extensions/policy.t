:INPUT,FORWARD
-m policy --dir in --pol none;=;OK
-m policy --dir in;-m policy --dir in --pol ipsec;OK
-m policy --dir in --pol ipsec --proto esp --mode tunnel --tunnel-src 198.51.100.1 --tunnel-dst 203.0.113.0/24 --reqid 7 --spi 255;-m policy --dir in --pol ipsec --reqid 7 --spi 0xff --proto esp --mode tunnel --tunnel-dst 203.0.113.0/24 --tunnel-src 198.51.100.1;OK
-m policy --dir in --pol ipsec --strict --reqid 1 --next ! --proto ah --next --mode transport;=;OK
-m policy --dir in --pol ipsec ! --spi 0x10;=;OK
-m policy --dir in --pol none --reqid 9;-m policy --dir in --pol none;OK
-m policy --dir in --pol none --strict;;FAIL
-m policy --dir in --pol ipsec --strict;;FAIL
-m policy --dir in --pol ipsec --reqid 1 --next --reqid 2;;FAIL
-m policy --dir in --pol ipsec --reqid 1 --reqid 2;;FAIL
-m policy --dir in --pol ipsec --tunnel-src 198.51.100.1;;FAIL
-m policy --dir in --pol ipsec --mode transport --tunnel-src 198.51.100.1;;FAIL
-m policy --dir in --pol ipsec ! --mode transport --tunnel-src 198.51.100.1;=;OK
-m policy --dir in --pol ipsec --proto tcp;;FAIL
-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2 --next --reqid 3 --next --reqid 4 --next --reqid 5;;FAIL
-m policy --pol ipsec;;FAIL
-m policy --dir both;;FAIL
:OUTPUT
-m policy --dir out --pol ipsec;=;OK
-m policy --dir in --pol ipsec;;FAIL
:INPUT
-m policy --dir out --pol ipsec;;FAIL
*nat
:POSTROUTING
-m policy --dir out --pol none;=;OK
*mangle
:PREROUTING
-m policy --dir in --pol ipsec;=;OK
-m policy --dir out --pol ipsec;;FAIL
*filter
:FORWARD
%family 6
-m policy --dir out --pol ipsec --mode tunnel --tunnel-src 2001:db8::1/64 --tunnel-dst 2001:db8::2;-m policy --dir out --pol ipsec --mode tunnel --tunnel-dst 2001:db8::2 --tunnel-src 2001:db8::1/64;OK
