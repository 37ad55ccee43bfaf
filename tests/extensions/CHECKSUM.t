:FORWARD
-j CHECKSUM --checksum-fill;;FAIL
*mangle
-j CHECKSUM --checksum-fill;=;OK
-j CHECKSUM;;FAIL
-p udp -j CHECKSUM --checksum-fill;=;OK
-p tcp -j CHECKSUM --checksum-fill;=;OK
-j CHECKSUM --checksum-fill --checksum-fill;;FAIL
%family 6
-p udp -j CHECKSUM --checksum-fill;=;OK
