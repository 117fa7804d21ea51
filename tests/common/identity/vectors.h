// Keys and signatures that others have made: those of RFC 7515 and RFC 8037, and tokens that npm jose 6.2.18 signed.
#pragma once

namespace dangol::testing {

// RFC 7515 A.3, A.2 and RFC 8037 A.4.
inline constexpr char kEs256Public[] = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
)";
inline constexpr char kEs256Private[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
)";
inline constexpr char kRs256Public[] = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
oQIDAQAB
-----END PUBLIC KEY-----
)";
inline constexpr char kEdDsaPublic[] = R"(-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
)";
inline constexpr char kEdDsaPrivate[] = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
)";
inline constexpr char kEs256Jws[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
inline constexpr char kRs256Jws[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
inline constexpr char kEdDsaJws[] =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

// What no token is to be verified with: RSA of 1024 bits, and a curve that no algorithm has.
inline constexpr char kRsa1024Public[] = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDGW6zCrx2Pz6LTzO9a2ZIzbfo5
u5RYb92fGW7sNDF39xuNgdiQT4A8K3zDRIJ4CLpuhlBuWy8i2KEHYqfl9utfQlkk
/8SxIohcmgx2P5PXXm8cr6c0o5cwV3hPqo7xWK9DD7FE3lsG+qzmWXhPJwNJNkmS
aXmqj7zLbfLUmxPfvQIDAQAB
-----END PUBLIC KEY-----
)";
inline constexpr char kSecp256k1Public[] = R"(-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAECUgt/GZp3ldUQoJKS16jrm4EF8Dh5em1
g1TrjKBxIipLsTokMiIc1/MMfkdhiL0OVCGV+Qskq8P/at0/AjxWXA==
-----END PUBLIC KEY-----
)";

// Signed by jose with the keys above, RS256 with this one: issuer dangol, audience service, subject jane, role agent,
// key id k1, from 1750000000 to 1750000300.
inline constexpr char kJoseRs256Public[] = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwMIB33WUyCOrlx4GuhNp
R7spu6CAYbT5a8DY39aLjEHNdbikXW8/KdTPDmVNYKbZNdxIdP53SFVL3/fIkTe9
FdX6vr5cqwXSdqAeMFuHSb/K4n0hyYcldqlo/CJajCVxDAR2epmjTGTSyd0BXmpL
Aj7NiPzKA+SADQmCEZCLplAknREk0mX58Hz+vgYH/AWsiZsI0h6NTNEVfO0rzpUV
+0zIgsu1T5nTr5QfyMfkuyDn+Q8urFIxC1bflnQvCdo2Z4s+Klf7p3m92R+LwMpT
s9RJM03yLBCo0T5Ft3kv6PsppV9BdYl2UNnRJhVgLzi4IGlC0HAZe8GKo44DpE3v
dwIDAQAB
-----END PUBLIC KEY-----
)";
inline constexpr char kJoseEs256[] =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJyb2xlcyI6WyJhZ2VudCJdLCJpc3MiOiJkYW5nb2wiLCJhdWQiOiJzZXJ2aWNlIiwic3ViIjoiamFuZSIsImlhdCI6MTc1MDAwMDAwMCwiZXhwIjoxNzUwMDAwMzAwfQ.vcOOuI8iWOB5v162W5Bh2Jd1btqYws_uKHalZ7PPHxN7o9EGfujfPz2bHZ4EDgFkg7UaApeHk9-8uVRqNs90dA";
inline constexpr char kJoseRs256[] =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJyb2xlcyI6WyJhZ2VudCJdLCJpc3MiOiJkYW5nb2wiLCJhdWQiOiJzZXJ2aWNlIiwic3ViIjoiamFuZSIsImlhdCI6MTc1MDAwMDAwMCwiZXhwIjoxNzUwMDAwMzAwfQ.sH_xt8SeuTMdP0RLk7PxZ1fgdS7IXTDmn9eopOzWKJH4ytr5NpXxHN9loFpoQwrGaO9l0UspWmYoKMHaUFGvSldvwATh1Qjx42bJGZFbZ3jNY9ZHiT96iPfnGCpYhNT7GT1SXnedIx_5KfRe92n7BckVkIUIopc7exw3uNH76IfKw38MZSZXxBS1hHPZOfn4AaGCxzbew1u1VsF6K6SY03_5rf9Ypy-BZkf5R3yxMpKZ-EAzzY-HiOy8b6ZN74OEqUSdmAFPDIXOt6JoWDuCpbTu73gqE0mgR6S42O56Sy5iJL21uf9kOKBF7aWlVee0Dx0Z_fKREmwj5_RCujHGuw";
inline constexpr char kJoseEdDsa[] =
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0.eyJyb2xlcyI6WyJhZ2VudCJdLCJpc3MiOiJkYW5nb2wiLCJhdWQiOiJzZXJ2aWNlIiwic3ViIjoiamFuZSIsImlhdCI6MTc1MDAwMDAwMCwiZXhwIjoxNzUwMDAwMzAwfQ.WtM0v3PpO5RTFy_079FntnTM-w4mMGVHRdUKtNn75dFUTA5Bfa3Bc-oH5ufiAImwJPMJ8P4xKIKfEMRdWfboAw";

}  // namespace dangol::testing
