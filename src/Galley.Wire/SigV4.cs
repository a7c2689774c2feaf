using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Wire;

/// <summary>An access key with its owner.</summary>
/// <param name="Secret">The secret access key.</param>
/// <param name="Principal">Who signs with it.</param>
/// <param name="SessionToken">The token that must come with a temporary key; null for a long-term key.</param>
/// <param name="Expires">End of a temporary key.</param>
public sealed record CallerKey(string Secret, Principal Principal, string? SessionToken = null, DateTimeOffset? Expires = null);

/// <summary>The clock of clients where the server's is moved by hand (tests): what they sign carries their time.</summary>
public interface IClientClock
{
    DateTimeOffset Now { get; }

    /// <summary>What the server's clock said when something was signed.</summary>
    /// <param name="client">The clients' time then, in whole seconds.</param>
    /// <param name="signature">What tells it from others of the same second.</param>
    DateTimeOffset ToServer(DateTimeOffset client, string signature);
}

/// <summary>
/// Signature Version 4, header and query forms: whether the request is what the owner of the access key signed, and signed just now.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
/// </summary>
public static partial class SigV4
{
    public const string Algorithm = "AWS4-HMAC-SHA256";
    internal const string UnsignedPayload = "UNSIGNED-PAYLOAD", EmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    /// <param name="Now">The server's time.</param>
    /// <param name="Region">The installation's region.</param>
    /// <param name="Account">The installation's account.</param>
    /// <param name="AnyCredentials">Take every signature as valid (`--credentials any`).</param>
    public readonly record struct Rules(DateTimeOffset Now, string Region, string Account, bool AnyCredentials)
    {
        /// <summary>The clock that clients sign by, where it is not the server's.</summary>
        public IClientClock? Clients { get; init; }

        /// <summary>Why the account's root is not taken for the sender, whatever the signature; null where it is.</summary>
        public string? WithoutRoot { get; init; }

        /// <summary>Whom every key stands for where any is taken.</summary>
        internal Principal Root(string id) => new(PrincipalKind.Root, $"arn:aws:iam::{Account}:root", Account, id);
    }

    /// <summary>The service in the credential scope; null when the request is not signed.</summary>
    public static string? ServiceOf(ApiRequest request) => request.Credential?.Service;

    /// <summary>The region in the credential scope; null when the request is not signed, or for more than one region.</summary>
    public static string? RegionOf(ApiRequest request) => request.Credential is { Region.Length: > 0 } credential ? credential.Region : null;

    /// <summary>
    /// The verified caller; <see cref="Principal.Anonymous"/> for an unsigned request where the operation allows that.
    /// Leaves <see cref="ApiRequest.Signature"/> for bodies whose chunks are signed too.
    /// </summary>
    public static async ValueTask<Principal> Authenticate(
        ApiRequest request, AwsService service, Operation operation, Rules rules, Func<string, ValueTask<CallerKey?>> keys, Trail trail)
    {
        var errors = SignatureErrors.Of(service);
        try
        {
            if (SignedParts.Read(request, errors, service.SignsAsSent) is not { } parts)
            {
                if (service.SignsAsSent && SigV2.Signs(request))
                {
                    var old = await SigV2.Verify(request, rules, keys, errors);
                    trail.Add("signature", true, "signed (version 2) by", old.Arn);
                    return old;
                }

                return operation.Anonymous ? Principal.Anonymous : throw errors.Missing();
            }

            var principal = rules.AnyCredentials ? Anyone(request, parts, rules) : await Verify(request, service, rules, keys, parts, errors);
            trail.Add("signature", true, "signed by", principal.Arn);
            return principal;
        }
        catch (AwsError error)
        {
            trail.Refuse("signature", error.Why ?? $"{error.Code}: {Trail.FirstLine(error.Message)}", error.Fix);
            throw;
        }
    }

    private static Principal Anyone(ApiRequest request, SignedParts parts, Rules rules)
    {
        request.Signature = new RequestSignature([], parts.Credential, parts.Timestamp, parts.Signature, request.Header("x-amz-content-sha256") ?? UnsignedPayload) { Unchecked = true };
        return rules.Root(parts.Credential.AccessKeyId);
    }

    private static async ValueTask<Principal> Verify(
        ApiRequest request, AwsService service, Rules rules, Func<string, ValueTask<CallerKey?>> keys, SignedParts parts, SignatureErrors errors)
    {
        var payload = PayloadHash(request, service, parts, errors);
        // All but S3 look at the clock first.
        if (!service.SignsAsSent) CheckTime(rules, parts, errors);
        CheckScope(service, rules, parts, errors);
        CheckHeaders(request, service, parts, errors);
        if (service.SignsAsSent) CheckTime(rules, parts, errors);

        var key = await KeyOf(parts.Credential.AccessKeyId, keys, rules, errors);
        CheckToken(key, parts.SessionToken, rules.Now, errors);

        byte[] signingKey = parts.IsAsymmetric ? [] : SigningKeys.Get(parts.Credential, key.Secret);
        using (var canonical = CanonicalRequest.Write(request, parts, service.SignsAsSent, payload))
        {
            if (!(parts.IsAsymmetric ? SigV4A.Matches(parts.Credential.AccessKeyId, key.Secret, Signed(canonical), parts.Signature) : Matches(signingKey, parts, canonical.Bytes)))
                throw errors.WrongSignature(parts.Credential.AccessKeyId, parts.Signature, Signed(canonical), canonical.ToString());
        }

        request.Signature = new RequestSignature(signingKey, parts.Credential, parts.Timestamp, parts.Signature, payload);
        return key.Principal.AccessKeyId == parts.Credential.AccessKeyId ? key.Principal : key.Principal with { AccessKeyId = parts.Credential.AccessKeyId };

        string Signed(CanonicalRequest canonical) => StringToSign(parts.IsAsymmetric ? SigV4A.Algorithm : Algorithm, parts.Timestamp, parts.Credential.Scope, canonical.Bytes);
    }

    /// <summary>The key; one that is not taken where the request comes from is as good as none.</summary>
    internal static async ValueTask<CallerKey> KeyOf(string id, Func<string, ValueTask<CallerKey?>> keys, Rules rules, SignatureErrors errors)
    {
        var key = await keys(id) ?? throw errors.UnknownKey(id);
        return rules.WithoutRoot is { } why && key.Principal.Kind == PrincipalKind.Root ? throw errors.UnknownKey(id).Because("signature", why, "sign with an access key of an IAM user or with a role's credentials") : key;
    }

    /// <summary>The string to sign, made as bytes, as every request has one.</summary>
    private static bool Matches(byte[] signingKey, SignedParts parts, ReadOnlySpan<byte> canonical)
    {
        const int most = 256, hashed = 64;
        var scope = parts.Credential.Scope;
        Span<byte> text = stackalloc byte[most], hash = stackalloc byte[32];
        if (!System.Text.Unicode.Utf8.TryWrite(text, $"{Algorithm}\n{parts.Timestamp}\n{scope}\n", out var length) || length + hashed > most)
            return Matches(signingKey, StringToSign(Algorithm, parts.Timestamp, scope, canonical), parts.Signature);
        Digest.Sha256(canonical, hash);
        Convert.TryToHexStringLower(hash, text[length..], out _);
        return Matches(signingKey, text[..(length + hashed)], parts.Signature);
    }

    internal static bool Matches(byte[] signingKey, string stringToSign, ReadOnlySpan<char> signature) => Matches(signingKey, Utf8(stringToSign), signature);

    private static bool Matches(byte[] signingKey, ReadOnlySpan<byte> stringToSign, ReadOnlySpan<char> signature)
    {
        Span<byte> expected = stackalloc byte[32], given = stackalloc byte[32];
        Hmac(signingKey, stringToSign, expected);
        return signature.Length == 64 && !signature.ContainsAnyInRange('A', 'F')
            && Convert.FromHexString(signature, given, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(expected, given);
    }

    /// <summary>HMAC (RFC 2104) by two plain hashes: OpenSSL 3 looks its own up anew for every call, which costs more than the hashing.</summary>
    internal static void Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text, Span<byte> mac)
    {
        const int block = 64, most = 1024;
        if (key.Length > block || text.Length > most)
        {
            HMACSHA256.HashData(key, text, mac);
            return;
        }

        Span<byte> inner = stackalloc byte[block + most], outer = stackalloc byte[block + 32];
        for (var i = 0; i < block; i++)
        {
            var k = i < key.Length ? key[i] : (byte)0;
            inner[i] = (byte)(k ^ 0x36);
            outer[i] = (byte)(k ^ 0x5C);
        }

        text.CopyTo(inner[block..]);
        Digest.Sha256(inner[..(block + text.Length)], outer[block..]);
        Digest.Sha256(outer, mac);
    }

    internal static byte[] Utf8(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    internal static string StringToSign(string algorithm, string timestamp, string scope, ReadOnlySpan<byte> canonicalRequest)
        => $"{algorithm}\n{timestamp}\n{scope}\n{Sha256(canonicalRequest)}";

    internal static string Sha256(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[32];
        Digest.Sha256(bytes, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>`20261122T160000Z`, read by hand: every request has one.</summary>
    internal static DateTimeOffset? ParseTime(ReadOnlySpan<char> text)
    {
        if (text.Length != 16 || text[8] != 'T' || text[15] != 'Z' || text[..8].ContainsAnyExceptInRange('0', '9') || text[9..15].ContainsAnyExceptInRange('0', '9')) return null;
        int year = Two(text) * 100 + Two(text[2..]), month = Two(text[4..]), day = Two(text[6..]), hour = Two(text[9..]), minute = Two(text[11..]), second = Two(text[13..]);
        return year > 0 && month is > 0 and <= 12 && day > 0 && day <= DateTime.DaysInMonth(year, month) && hour < 24 && minute < 60 && second < 60
            ? new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero)
            : null;

        static int Two(ReadOnlySpan<char> digits) => (digits[0] - '0') * 10 + digits[1] - '0';
    }

    internal static string FormatTime(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>What stands in the canonical request for the body.</summary>
    private static string PayloadHash(ApiRequest request, AwsService service, SignedParts parts, SignatureErrors errors)
    {
        if (!service.SignsAsSent) return request.Body.Length == 0 ? EmptyPayload : Sha256(request.Body.Span);
        var header = request.Header("x-amz-content-sha256");
        // A presigned URL binds no body unless the hash itself was signed.
        if (parts.FromQuery) return header is not null && parts.Signs("x-amz-content-sha256") ? header : request.QueryValue("X-Amz-Content-Sha256") ?? UnsignedPayload;
        if (header is null) throw errors.Malformed("InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
        return IsPayloadHash(header)
            ? header
            : throw errors.Malformed("InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.");
    }

    private static bool IsPayloadHash(string value)
        => value is UnsignedPayload or AwsChunkedStream.Signed or AwsChunkedStream.SignedWithTrailer or AwsChunkedStream.UnsignedWithTrailer
           || value.Length == 64 && value.All(char.IsAsciiHexDigit);

    private static void CheckScope(AwsService service, Rules rules, SignedParts parts, SignatureErrors errors)
    {
        var credential = parts.Credential;
        var region = !parts.IsAsymmetric && !IsRegion(credential.Region);
        var name = credential.Service != service.SigningName;
        var terminator = credential.Terminator != "aws4_request";
        var date = !parts.Timestamp.AsSpan(0, 8).SequenceEqual(credential.Date);
        if (region || name || terminator || date) throw errors.WrongScope(parts, service.SigningName, rules.Region, region, name, terminator, date);
    }

    /// <summary>`eu-west-2`, `us-gov-east-1`: every region is served, so only what can be none is refused.</summary>
    private static bool IsRegion(string text)
        => text.Length is >= 6 and <= 32 && char.IsAsciiLetterLower(text[0]) && char.IsAsciiDigit(text[^1])
           && text.AsSpan(2).Contains('-') && !text.AsSpan().ContainsAnyExcept(RegionLetters);

    /// <summary>`*`, `eu-*`, `eu-west-2,us-east-1`: each a region that is served, or a pattern of some.</summary>
    private static bool IsRegionSet(string? text)
        => text is { Length: > 0 } && text.Split(',', StringSplitOptions.TrimEntries) is var regions
           && regions.All(region => IsRegion(region) || region.EndsWith('*') && !region.AsSpan(0, region.Length - 1).ContainsAnyExcept(RegionLetters));

    private static readonly System.Buffers.SearchValues<char> RegionLetters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private static void CheckHeaders(ApiRequest request, AwsService service, SignedParts parts, SignatureErrors errors)
    {
        if (!parts.Signs("host")) throw errors.HostNotSigned();
        if (parts.IsAsymmetric && !(parts.Signs(SigV4A.RegionSetHeader) && IsRegionSet(request.Header(SigV4A.RegionSetHeader)))) throw errors.WrongRegionSet(request.Header(SigV4A.RegionSetHeader));
        if (!service.SignsAsSent) return;
        // S3: a header that changes what the request means must not be added to what somebody else signed.
        List<string>? missing = null;
        foreach (var (name, _) in request.Http.Request.Headers)
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !parts.Signs(name)
                && !(parts.FromQuery && name.Equals("x-amz-content-sha256", StringComparison.OrdinalIgnoreCase)))
                (missing ??= []).Add(name.ToLowerInvariant());
        if (missing is not null) throw errors.HeadersNotSigned(string.Join(", ", missing));
    }

    private static void CheckTime(Rules rules, SignedParts parts, SignatureErrors errors)
    {
        var now = rules.Now;
        // A presigned URL ages with the server's clock; a request has just been signed by the client's.
        var signed = rules.Clients is not { } clients ? parts.Time : parts.Expires is null ? now + (parts.Time - clients.Now) : clients.ToServer(parts.Time, parts.Signature);
        if (signed > now + Skew) throw errors.TooEarly(parts, now, Skew);
        if (parts.Expires is { } life)
        {
            if (signed + life < now) throw errors.PresignExpired(parts, now, life);
        }
        else if (signed < now - Skew)
        {
            throw errors.TooLate(parts, now, Skew);
        }
    }

    internal static void CheckToken(CallerKey key, string? token, DateTimeOffset now, SignatureErrors errors)
    {
        if (key.SessionToken is null ? token is not null : token is null || !CryptographicOperations.FixedTimeEquals(Utf8(token), Utf8(key.SessionToken)))
            throw errors.WrongToken();
        if (key.Expires <= now) throw errors.ExpiredToken();
    }
}
