// Containers as a Java Integrasjonspunkt makes and reads them, with BouncyCastle.
//
//   java -cp bcprov.jar:bcpkix.jar:bcutil.jar Vectors.java make <keystore.p12> <folder>
//       writes the files of this folder, whose tests then need no Java
//   java -cp … Vectors.java open <keystore.p12> <envelope>
//       decrypts, checks signature and digests, and prints the name and SHA-256 of every document
//   java -cp … Vectors.java verify <keystore.p12> <content> <signature.p7s>
//       checks a detached signature, and prints the digest algorithm

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import java.security.spec.MGF1ParameterSpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSEnvelopedDataParser;
import org.bouncycastle.cms.CMSEnvelopedDataStreamGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

public class Vectors {
    static final char[] PASSWORD = "changeit".toCharArray();
    static final byte[] LETTER = "Hei, dette er et testbrev.\n".getBytes(StandardCharsets.UTF_8);

    final PrivateKey key;
    final X509Certificate certificate;
    final List<X509Certificate> chain = new ArrayList<>();

    Vectors(Path store) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        String alias = keys.aliases().nextElement();
        key = (PrivateKey) keys.getKey(alias, PASSWORD);
        for (java.security.cert.Certificate one : keys.getCertificateChain(alias)) {
            chain.add((X509Certificate) one);
        }
        certificate = chain.get(0);
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        Vectors vectors = new Vectors(Path.of(arguments[1]));
        switch (arguments[0]) {
            case "make" -> vectors.make(Path.of(arguments[2]));
            case "open" -> vectors.open(Path.of(arguments[2]));
            case "verify" -> System.out.println(vectors.verify(
                Files.readAllBytes(Path.of(arguments[2])), Files.readAllBytes(Path.of(arguments[3]))));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    void make(Path folder) throws Exception {
        byte[] container = container("SHA1withRSA");
        Files.write(folder.resolve("content.bin"), container);
        AlgorithmIdentifier oaep = oaep();
        AlgorithmIdentifier oaepSha1 = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, new RSAESOAEPparams());
        Files.write(folder.resolve("oaep-aes256.p7m"), envelope(container, oaep, CMSAlgorithm.AES256_CBC, 0));
        Files.write(folder.resolve("oaep-aes256-chunks-of-1000.p7m"), envelope(container, oaep, CMSAlgorithm.AES256_CBC, 1000));
        Files.write(folder.resolve("oaep-aes256-chunks-of-1.p7m"), envelope(LETTER, oaep, CMSAlgorithm.AES256_CBC, 1));
        Files.write(folder.resolve("pkcs1-aes256.p7m"), envelope(LETTER, null, CMSAlgorithm.AES256_CBC, 0));
        Files.write(folder.resolve("oaep-sha1-aes128.p7m"), envelope(LETTER, oaepSha1, CMSAlgorithm.AES128_CBC, 0));
        Files.write(folder.resolve("oaep-aes256-gcm.p7m"), envelope(LETTER, oaep, CMSAlgorithm.AES256_GCM, 0));
        Files.write(folder.resolve("sha256.asice"), container("SHA256withRSA"));
        // what BouncyCastle's own provider writes is BER throughout
        KeyStore keys = KeyStore.getInstance("PKCS12", "BC");
        keys.load(null, null);
        keys.setKeyEntry("nøkkel", key, PASSWORD, chain.toArray(new X509Certificate[0]));
        try (var out = Files.newOutputStream(folder.resolve("bouncycastle.p12"))) {
            keys.store(out, PASSWORD);
        }
    }

    AlgorithmIdentifier oaep() throws Exception {
        OAEPParameterSpec spec =
            new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);
        return new JcaAlgorithmParametersConverter()
            .getAlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, spec);
    }

    byte[] envelope(byte[] content, AlgorithmIdentifier transport, ASN1ObjectIdentifier cipher, int chunk) throws Exception {
        CMSEnvelopedDataStreamGenerator generator = new CMSEnvelopedDataStreamGenerator();
        generator.addRecipientInfoGenerator(transport == null
            ? new JceKeyTransRecipientInfoGenerator(certificate).setProvider("BC")
            : new JceKeyTransRecipientInfoGenerator(certificate, transport).setProvider("BC"));
        if (chunk > 0) {
            generator.setBufferSize(chunk);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        var encrypting = generator.open(out, new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build());
        encrypting.write(content);
        encrypting.close();
        return out.toByteArray();
    }

    byte[] sign(byte[] content, String algorithm) throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        var signer = new JcaContentSignerBuilder(algorithm).setProvider("BC").build(key);
        var digests = new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(digests).build(signer, certificate));
        generator.addCertificates(new JcaCertStore(chain));
        return generator.generate(new CMSProcessableByteArray(content), false).getEncoded();
    }

    byte[] container(String algorithm) throws Exception {
        Map<String, byte[]> documents = new LinkedHashMap<>();
        documents.put("manifest.xml", ("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><manifest "
            + "xmlns:ns2=\"http://begrep.difi.no/sdp/schema_v10\"><mottaker><organisasjon authority=\"iso6523-actorid-upis\">"
            + "0192:310000002</organisasjon></mottaker><avsender><organisasjon authority=\"iso6523-actorid-upis\">0192:310000001"
            + "</organisasjon></avsender><hoveddokument href=\"brev.txt\" mime=\"text/plain\"><tittel lang=\"no\">Hoveddokument"
            + "</tittel></hoveddokument></manifest>").getBytes(StandardCharsets.UTF_8));
        documents.put("brev.txt", LETTER);
        documents.put("søknad æøå.txt", "med norske tegn".getBytes(StandardCharsets.UTF_8));
        String signature = "META-INF/signature-7d1f9a2e-5c0a-4d0b-9f59-0d7f3c6f1a11.p7s";
        StringBuilder list = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<ASiCManifest "
            + "xmlns=\"http://uri.etsi.org/02918/v1.2.1#\" xmlns:ns2=\"http://www.w3.org/2000/09/xmldsig#\">\n<SigReference URI=\""
            + signature + "\" MimeType=\"application/x-pkcs7-signature\"/>\n");
        for (var document : documents.entrySet()) {
            list.append("<DataObjectReference URI=\"").append(document.getKey()).append("\" MimeType=\"text/plain\">"
                + "<ns2:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ns2:DigestValue>")
                .append(Base64.getEncoder().encodeToString(sha256(document.getValue())))
                .append("</ns2:DigestValue></DataObjectReference>\n");
        }
        byte[] manifest = list.append("</ASiCManifest>\n").toString().getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            byte[] mimetype = "application/vnd.etsi.asic-e+zip".getBytes(StandardCharsets.US_ASCII);
            ZipEntry first = new ZipEntry("mimetype");
            CRC32 crc = new CRC32();
            crc.update(mimetype);
            first.setMethod(ZipEntry.STORED);
            first.setSize(mimetype.length);
            first.setCrc(crc.getValue());
            zip.putNextEntry(first);
            zip.write(mimetype);
            for (var document : documents.entrySet()) {
                put(zip, document.getKey(), document.getValue());
            }
            put(zip, "META-INF/asicmanifest.xml", manifest);
            put(zip, signature, sign(manifest, algorithm));
            put(zip, "META-INF/manifest.xml", "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>".getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    static void put(ZipOutputStream zip, String name, byte[] content) throws Exception {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }

    static byte[] sha256(byte[] content) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(content);
    }

    void open(Path envelope) throws Exception {
        byte[] container;
        try (InputStream in = Files.newInputStream(envelope)) {
            CMSEnvelopedDataParser parser = new CMSEnvelopedDataParser(in);
            RecipientInformation recipient = parser.getRecipientInfos().getRecipients().iterator().next();
            container = recipient.getContentStream(new JceKeyTransEnvelopedRecipient(key).setProvider("BC"))
                .getContentStream().readAllBytes();
        }
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new java.io.ByteArrayInputStream(container))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        }
        byte[] manifest = entries.get("META-INF/ASiCManifest.xml");
        var factory = javax.xml.parsers.DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        var document = factory.newDocumentBuilder().parse(new java.io.ByteArrayInputStream(manifest));
        var reference = (org.w3c.dom.Element) document.getElementsByTagNameNS("*", "SigReference").item(0);
        System.out.println("signature " + verify(manifest, entries.get(reference.getAttribute("URI"))));
        var objects = document.getElementsByTagNameNS("*", "DataObjectReference");
        for (int i = 0; i < objects.getLength(); i++) {
            var object = (org.w3c.dom.Element) objects.item(i);
            String name = object.getAttribute("URI");
            String digest = Base64.getEncoder().encodeToString(sha256(entries.get(name)));
            String signed = object.getElementsByTagNameNS("*", "DigestValue").item(0).getTextContent().trim();
            if (!digest.equals(signed)) {
                throw new IllegalStateException("the digest of " + name + " is another");
            }
            System.out.println("document " + digest + " " + Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8)));
        }
    }

    String verify(byte[] content, byte[] signature) throws Exception {
        CMSSignedData signed = new CMSSignedData(new CMSProcessableByteArray(content), signature);
        SignerInformation signer = signed.getSignerInfos().getSigners().iterator().next();
        X509CertificateHolder holder =
            (X509CertificateHolder) signed.getCertificates().getMatches(signer.getSID()).iterator().next();
        if (!new X509CertificateHolder(certificate.getEncoded()).equals(holder)) {
            throw new IllegalStateException("somebody else signed");
        }
        if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(holder))) {
            throw new IllegalStateException("the signature does not verify");
        }
        return signer.getDigestAlgOID() + " with a chain of " + signed.getCertificates().getMatches(null).size();
    }
}
