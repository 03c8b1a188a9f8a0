#include "codec/pem.h"

#include "support/test.h"

static const char certificate[] = "-----BEGIN CERTIFICATE-----\n"
                                  "MIIBdTCCARugAwIBAgIUcMb21zD43maAUzy1skpWlN5LAfowCgYIKoZIzj0EAwIw\n"
                                  "DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjEwNjAzMzdaGA8yMTI2MTAyODA2MDMz\n"
                                  "N1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKU4\n"
                                  "heCsqpWuxskB6vM+qSTMEKFhUSOaf/+RTFHFxBDcSVHZ5mSj76JI4Mm0exfCVg22\n"
                                  "yQr0Bxuc7MahNQocxnWjUzBRMB0GA1UdDgQWBBTB4FwtEcftR4iVhcgNJAv9vaFx\n"
                                  "ZTAfBgNVHSMEGDAWgBTB4FwtEcftR4iVhcgNJAv9vaFxZTAPBgNVHRMBAf8EBTAD\n"
                                  "AQH/MAoGCCqGSM49BAMCA0gAMEUCIQDD2cqJhVmobgvq98lOPm/QUGaH6ZgSsj5z\n"
                                  "ljttSCKAvgIgevCNOvvqeqGjYswNVzfWnnoTbi/bfjrRa8J23A8h94A=\n"
                                  "-----END CERTIFICATE-----\n";
static const char its_key[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXPO/m2PqUGZkjIV7\n"
                              "dFYGxKCyPYAv0B5FdOBf2+jJqEKhRANCAASlOIXgrKqVrsbJAerzPqkkzBChYVEj\n"
                              "mn//kUxRxcQQ3ElR2eZko++iSODJtHsXwlYNtskK9AcbnOzGoTUKHMZ1\n"
                              "-----END PRIVATE KEY-----\n";
static const char another_key[] = "-----BEGIN PRIVATE KEY-----\n"
                                  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRXxdy43OlDes04Ay\n"
                                  "vUf1cxFgEVF1LCNLUGzkM6Nj6nChRANCAAS/GgvZmwUIYSHp2tM7jnsaYhrgeJTA\n"
                                  "KyjRX7DbSGI290qpDwDCpb65kuon7U3O2A78Fp8jhrZ82sQX22vgzS/m\n"
                                  "-----END PRIVATE KEY-----\n";
static const char locked_key[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                                 "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgtUHOvnwCYqAICCAAw\n"
                                 "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEGOY0NMzOzjxrJNOMDfLnjcEgZBA\n"
                                 "DXWqL9BVpUb5sEV5lo4Wvf3TXkzCTxVsBXqL5BxsOK3wPS+7tZZb21wH0mpKHa52\n"
                                 "kJT8NZJYPK3wZWdhf5NjQw/7mFVjTn35d9ylsbG9K1e4Gve1T8BbyANwG6cVa0KZ\n"
                                 "623AY9uNp8Zgg5FwcKLD7F5/IMtph4SvGfbk5/uf0v6MXqy3wj9iU2hY1JEUAhw=\n"
                                 "-----END ENCRYPTED PRIVATE KEY-----\n";

TEST(pem, finds_a_certificate)
{
    static const struct {
        const char *name, *text;
        bool found;
    } rows[] = {
        {"certificate", certificate, true},
        {"nothing", "", false},
        {"no PEM", "not a certificate", false},
        {"a key", its_key, false},
        {"PEM of nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        FAIL_IF(pem_has_certificate(sv_of(rows[i].text)) != rows[i].found, "%s", rows[i].name);
}

TEST(pem, knows_the_key_of_a_certificate)
{
    static const struct {
        const char *name, *cert, *key, *error;
    } rows[] = {
        {"its key", certificate, its_key, NULL},
        {"another key", certificate, another_key, "tls: private key does not match public key"},
        {"a key with a password", certificate, locked_key, "tls: failed to find any PEM data in key input"},
        {"no key", certificate, "", "tls: failed to find any PEM data in key input"},
        {"no certificate", "x", its_key, "tls: failed to find any PEM data in certificate input"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        const bool ok = pem_check_pair(sv_of(rows[i].cert), sv_of(rows[i].key), &err);
        FAIL_IF(ok != (rows[i].error == NULL), "%s: %s", rows[i].name, err.text);
        if (!ok)
            CHECK_STR(err.text, rows[i].error);
    }
}
