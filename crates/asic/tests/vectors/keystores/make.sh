#!/usr/bin/env bash
# Makes the key stores of this folder, with OpenSSL 3 and Java's keytool. The tests read what lies here
# and need neither. Everything is for tests: the key is public, the password is "changeit".
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/pki.cnf" <<'C'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[root_ext]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
[leaf_ext]
basicConstraints = CA:false
keyUsage = critical,digitalSignature,keyEncipherment,dataEncipherment
C
openssl req -x509 -newkey rsa:2048 -nodes -days 18250 -subj "/C=NO/O=Testrot/CN=Test Root" \
  -config "$work/pki.cnf" -extensions root_ext -keyout "$work/root.key" -out "$work/root.pem"
for number in 310000001 310000002; do
  openssl req -new -newkey rsa:2048 -nodes -config "$work/pki.cnf" -keyout "$work/$number.key" -out "$work/leaf.csr" \
    -subj "/C=NO/O=Etat/CN=Etat/organizationIdentifier=NTRNO-$number"
  openssl x509 -req -in "$work/leaf.csr" -CA "$work/root.pem" -CAkey "$work/root.key" -CAcreateserial -days 18250 \
    -extfile "$work/pki.cnf" -extensions leaf_ext -out "$work/$number.pem"
done
cp "$work/310000001.pem" certificate.pem

p12() { # file, options
  local file=$1
  shift
  openssl pkcs12 -export -name "Vår Nøkkel" -inkey "$work/310000001.key" -in "$work/310000001.pem" \
    -certfile "$work/root.pem" -out "$file" "$@"
}
p12 aes.p12 -passout pass:changeit
p12 aes128-sha512.p12 -passout pass:changeit -certpbe AES-128-CBC -keypbe AES-192-CBC -macalg sha512
p12 des3.p12 -passout pass:changeit -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1
p12 rc2-40.p12 -passout pass:changeit -legacy
p12 rc2-128.p12 -passout pass:changeit -legacy -certpbe PBE-SHA1-RC2-128 -keypbe PBE-SHA1-2DES -macalg sha1
p12 no-mac.p12 -passout pass:changeit -nomac
p12 empty-password.p12 -passout pass:
openssl pkcs8 -topk8 -in "$work/310000001.key" -passout pass:changeit -v2 aes256 -out "$work/locked.pem"
cat "$work/310000001.pem" "$work/root.pem" "$work/locked.pem" >locked.pem

java() { keytool -importkeystore -noprompt -srcstorepass changeit -deststorepass changeit "$@"; }
java -srckeystore aes.p12 -destkeystore java.p12 -deststoretype PKCS12
java -srckeystore aes.p12 -destkeystore java.jks -deststoretype JKS
java -srckeystore aes.p12 -destkeystore java.jceks -deststoretype JCEKS
openssl pkcs12 -export -name other -inkey "$work/310000002.key" -in "$work/310000002.pem" \
  -certfile "$work/root.pem" -passout pass:changeit -out "$work/other.p12"
cp java.jks two-keys.jks
java -srckeystore "$work/other.p12" -destkeystore two-keys.jks -deststoretype JKS
keytool -importcert -noprompt -alias trusted -file "$work/root.pem" -keystore two-keys.jks -storepass changeit
keytool -importkeystore -noprompt -srckeystore two-keys.jks -srcstorepass changeit -destkeystore two-keys.p12 \
  -deststoretype PKCS12 -deststorepass changeit
