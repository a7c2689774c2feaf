using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Galley;

/// <summary>
/// The installation's own certificate authority, constrained to the names we answer, and the leaf certificates it makes per host name.
/// </summary>
internal sealed class Certificates : IDisposable
{
    private const string AuthorityFile = "ca.pem", AuthorityKeyFile = "ca.key", LeafKeyFile = "tls.key";
    private const int KeptLeaves = 1024;

    /// <summary>
    /// What the authority may vouch for: our own names, the AWS names that we answer, and the names that nobody can own (RFC 2606, RFC 6761;
    /// `internal` is ICANN's for private use), for custom domains and aliases.
    /// </summary>
    private static readonly string[] PermittedNames =
        ["localhost", "amazonaws.com", "amazoncognito.com", "cloudfront.net", "on.aws", "api.aws", "test", "example", "invalid", "internal", "example.com", "example.net", "example.org"];

    private readonly Lazy<X509Certificate2> _authority;
    private readonly ConcurrentDictionary<string, X509Certificate2> _leaves = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lazy<ECDsa> _leafKey;
    private readonly TimeProvider _time;
    private readonly Listening _listening;

    /// <param name="folder">Where the authority is kept (0700); null makes one for this process only.</param>
    /// <param name="time">Clock for validity.</param>
    /// <param name="listening">What other machines call us: the authority vouches for that too, and for nothing else of theirs.</param>
    public Certificates(string? folder, TimeProvider time, Listening listening)
    {
        (_time, _listening) = (time, listening);
        _authority = new(() => LoadOrCreate(folder));
        _leafKey = new(() => LeafKey(folder));
    }

    /// <summary>SHA-256 of the public key of all leaf certificates, Base64: what a browser of `galley browser` takes instead of an authority.</summary>
    public string Pin => Convert.ToBase64String(SHA256.HashData(_leafKey.Value.ExportSubjectPublicKeyInfo()));

    /// <summary>The authority's certificate as PEM: what clients must trust. Never the key.</summary>
    public string AuthorityPem => _authority.Value.ExportCertificatePem();

    /// <summary>The certificate for a host name that a client asked for by SNI; null for `localhost` and the loopback addresses.</summary>
    public X509Certificate2 For(string? host)
    {
        host = string.IsNullOrEmpty(host) ? "localhost" : host;
        if (_leaves.TryGetValue(host, out var leaf)) return leaf;
        // whoever asks for name after name must not fill the memory; those in use are made again
        if (_leaves.Count >= KeptLeaves) _leaves.Clear();
        return _leaves.GetOrAdd(host, MakeLeaf);
    }

    public void Dispose()
    {
        foreach (var leaf in _leaves.Values) leaf.Dispose();
        if (_authority.IsValueCreated) _authority.Value.Dispose();
        if (_leafKey.IsValueCreated) _leafKey.Value.Dispose();
    }

    private X509Certificate2 LoadOrCreate(string? folder)
    {
        if (folder is null)
        {
            using var once = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return Create(once);
        }

        string certificate = Path.Combine(folder, AuthorityFile), key = Path.Combine(folder, AuthorityKeyFile);
        var kept = File.Exists(certificate) && File.Exists(key) ? X509Certificate2.CreateFromPemFile(certificate, key) : null;
        var names = NameConstraints();
        if (kept is not null && kept.Extensions.Any(extension => extension.Oid!.Value == names.Oid!.Value && extension.RawData.AsSpan().SequenceEqual(names.RawData))) return kept;
        // For other names the authority is written anew under its old key, so that who trusts the one of before goes on doing so, within the names of before.
        using var own = kept?.GetECDsaPrivateKey() ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        kept?.Dispose();
        var authority = Create(own);
        PrivateFiles.Write(key, own.ExportPkcs8PrivateKeyPem());
        PrivateFiles.Write(certificate, authority.ExportCertificatePem());
        return authority;
    }

    /// <summary>One key for all leaves, kept so that a browser that knows it outlives a restart.</summary>
    private static ECDsa LeafKey(string? folder)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (folder is null) return key;
        var file = Path.Combine(folder, LeafKeyFile);
        if (File.Exists(file)) key.ImportFromPem(File.ReadAllText(file));
        else PrivateFiles.Write(file, key.ExportPkcs8PrivateKeyPem());
        return key;
    }

    private X509Certificate2 Create(ECDsa key)
    {
        var request = new CertificateRequest("CN=Galley local authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(NameConstraints());
        var now = _time.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
    }

    /// <summary>RFC 5280 §4.2.1.10: this authority is worth nothing outside the names that Galley answers.</summary>
    private X509Extension NameConstraints()
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 0)))
        {
            foreach (var name in PermittedNames.Concat(_listening.Names))
                using (writer.PushSequence())
                    writer.WriteCharacterString(System.Formats.Asn1.UniversalTagNumber.IA5String, name, new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 2));
            foreach (var address in (byte[][])[[127, 0, 0, 0, 255, 0, 0, 0], [.. new byte[15], 1, .. Enumerable.Repeat((byte)255, 16)], .. _listening.Addresses.Select(Alone)])
                using (writer.PushSequence())
                    writer.WriteOctetString(address, new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 7));
        }

        return new X509Extension("2.5.29.30", writer.Encode(), critical: true);
    }

    /// <summary>One address and a mask of ones.</summary>
    private static byte[] Alone(System.Net.IPAddress address) => [.. address.GetAddressBytes(), .. Enumerable.Repeat((byte)255, address.GetAddressBytes().Length)];

    private X509Certificate2 MakeLeaf(string host)
    {
        var isAddress = System.Net.IPAddress.TryParse(host, out var address);
        // an address as the common name would be held against the names that the authority may vouch for
        var request = new CertificateRequest("CN=" + (host.Length <= 64 && !isAddress ? host : "galley"), _leafKey.Value, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (isAddress) names.AddIpAddress(address!);
        else names.AddDnsName(host);
        if (host == "localhost")
        {
            names.AddIpAddress(System.Net.IPAddress.Loopback);
            names.AddIpAddress(System.Net.IPAddress.IPv6Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority.Value, true, false));
        var now = _time.GetUtcNow();
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] &= 0x7F;
        using var bare = request.Create(_authority.Value, now.AddDays(-1), now.AddDays(397), serial);
        return bare.CopyWithPrivateKey(_leafKey.Value);
    }
}
