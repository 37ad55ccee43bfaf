:FORWARD
-j TTL --ttl-set 10;;FAIL
*mangle
-j TTL --ttl-set 10;=;OK
-j TTL --ttl-set 0;=;OK
-j TTL --ttl-set 255;=;OK
-j TTL --ttl-set 256;;FAIL
-j TTL --ttl-inc 1;=;OK
-j TTL --ttl-dec 1;=;OK
-j TTL --ttl-inc 0;;FAIL
-j TTL --ttl-dec 0;;FAIL
-j TTL --ttl-inc 1 --ttl-dec 2;;FAIL
-j TTL;;FAIL
%family 6
-j TTL --ttl-set 10;;FAIL
