using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>What keys are for: Encrypt, Decrypt, ReEncrypt and data keys. A data key's plaintext goes to the caller, over whatever the connection is.</summary>
internal sealed class Cryptography(KeyFinder finder, KeyMaterial material, KeyPolicies policies)
{
    private const int MaxPlaintext = 4096, MaxCiphertext = 6144, MaxContext = 8192;

    public async ValueTask<EncryptResponse> Encrypt(EncryptRequest request, Call call)
    {
        Check(request.EncryptionContext, request.GrantTokens, request.EncryptionAlgorithm);
        if (request.Plaintext.Length is 0 or > MaxPlaintext)
            throw Errors.Constraint(null, "plaintext", request.Plaintext.Length == 0 ? "Member must have length greater than or equal to 1" : $"Member must have length less than or equal to {MaxPlaintext}");
        var record = await finder.FindUsable(request.KeyId, call);
        if (request.DryRun == true) throw Errors.DryRun();
        return new EncryptResponse(await Seal(record, request.Plaintext, request.EncryptionContext, call), KeyFinder.ArnOf(record.KeyId, call), CustomerKeys.Symmetric);
    }

    public async ValueTask<DecryptResponse> Decrypt(DecryptRequest request, Call call)
    {
        Check(request.EncryptionContext, request.GrantTokens, request.EncryptionAlgorithm);
        var (record, plaintext) = await Open(request.CiphertextBlob, request.KeyId, request.EncryptionContext, call);
        if (request.DryRun == true) throw Errors.DryRun();
        return new DecryptResponse(KeyFinder.ArnOf(record.KeyId, call), plaintext, CustomerKeys.Symmetric);
    }

    public async ValueTask<ReEncryptResponse> ReEncrypt(ReEncryptRequest request, Call call)
    {
        Check(request.SourceEncryptionContext, request.GrantTokens, request.SourceEncryptionAlgorithm);
        Check(request.DestinationEncryptionContext, null, request.DestinationEncryptionAlgorithm);
        var destination = await finder.FindUsable(request.DestinationKeyId, call);
        await policies.Require(call, "kms:ReEncryptTo", destination, ContextKeys(request.DestinationEncryptionContext));
        var (source, plaintext) = await Open(request.CiphertextBlob, request.SourceKeyId, request.SourceEncryptionContext, call);
        if (request.DryRun == true) throw Errors.DryRun();
        return new ReEncryptResponse(
            await Seal(destination, plaintext, request.DestinationEncryptionContext, call), KeyFinder.ArnOf(source.KeyId, call), KeyFinder.ArnOf(destination.KeyId, call), CustomerKeys.Symmetric, CustomerKeys.Symmetric);
    }

    public async ValueTask<GenerateDataKeyResponse> GenerateDataKey(GenerateDataKeyRequest request, Call call)
    {
        Check(request.EncryptionContext, request.GrantTokens, null);
        var size = (request.KeySpec, request.NumberOfBytes) switch
        {
            ("AES_256", null) => 32,
            ("AES_128", null) => 16,
            (null, >= 1 and <= 1024 and var bytes) => bytes,
            (null, { } bytes) => throw Errors.Constraint($"{bytes}", "numberOfBytes", bytes < 1 ? "Member must have value greater than or equal to 1" : "Member must have value less than or equal to 1024"),
            (not null, null) => throw Errors.Constraint(request.KeySpec, "keySpec", "Member must satisfy enum value set: [AES_256, AES_128]"),
            _ => throw Errors.Validation("Please specify either number of bytes or key spec."),
        };
        var record = await finder.FindUsable(request.KeyId, call);
        if (request.DryRun == true) throw Errors.DryRun();
        var key = RandomNumberGenerator.GetBytes(size);
        return new GenerateDataKeyResponse(await Seal(record, key, request.EncryptionContext, call), key, KeyFinder.ArnOf(record.KeyId, call));
    }

    public async ValueTask<WrappedDataKeyResponse> GenerateDataKeyWithoutPlaintext(GenerateDataKeyRequest request, Call call)
    {
        var made = await GenerateDataKey(request, call);
        CryptographicOperations.ZeroMemory(made.Plaintext);
        return new WrappedDataKeyResponse(made.CiphertextBlob, made.KeyId);
    }

    /// <summary>The ARN of the key that a ciphertext names.</summary>
    public static string KeyOf(byte[] blob, Call call) => Ciphertext.TryRead(blob, out var ciphertext) ? KeyFinder.ArnOf(ciphertext.KeyId, call) : throw Errors.InvalidCiphertext();

    /// <summary>`kms:EncryptionContext:name` of each pair, and `kms:EncryptionContextKeys`.</summary>
    public static IEnumerable<KeyValuePair<string, string>> ContextKeys(IReadOnlyDictionary<string, string>? context)
        => (context ?? new Dictionary<string, string>()).SelectMany(pair => (IEnumerable<KeyValuePair<string, string>>)[new("kms:EncryptionContext:" + pair.Key, pair.Value), new("kms:EncryptionContextKeys", pair.Key)]);

    private async ValueTask<byte[]> Seal(KeyRecord record, byte[] plaintext, IReadOnlyDictionary<string, string>? context, Call call)
    {
        var (bytes, number) = await material.Current(record, call);
        var blob = Ciphertext.Seal(record.KeyId, number, bytes, plaintext, context);
        CryptographicOperations.ZeroMemory(bytes);
        return blob;
    }

    private async ValueTask<(KeyRecord Key, byte[] Plaintext)> Open(byte[] blob, string? expected, IReadOnlyDictionary<string, string>? context, Call call)
    {
        if (blob.Length is 0 or > MaxCiphertext) throw Errors.Constraint(null, "ciphertextBlob", $"Member must have length between 1 and {MaxCiphertext}, inclusive");
        var record = await finder.FindUsable(KeyOf(blob, call), call);
        if (expected is not null && (await finder.Find(expected, call)).KeyId != record.KeyId) throw Errors.IncorrectKey();
        Ciphertext.TryRead(blob, out var ciphertext);
        if (material.Open(record, ciphertext.Number, call) is not { } bytes) throw Errors.InvalidCiphertext();
        var whole = ciphertext.TryOpen(bytes, context, out var plaintext);
        CryptographicOperations.ZeroMemory(bytes);
        return whole ? (record, plaintext!) : throw Errors.InvalidCiphertext();
    }

    private static void Check(IReadOnlyDictionary<string, string>? context, IReadOnlyList<string>? grantTokens, string? algorithm)
    {
        if (grantTokens is { Count: > 0 }) throw Errors.InvalidGrantToken();
        if (algorithm is "RSAES_OAEP_SHA_1" or "RSAES_OAEP_SHA_256" or "SM2PKE") throw new AwsError("InvalidKeyUsageException", $"Algorithm {algorithm} is incompatible with key spec {CustomerKeys.Symmetric}.");
        if (algorithm is not (null or CustomerKeys.Symmetric)) throw Errors.Constraint(algorithm, "encryptionAlgorithm", "Member must satisfy enum value set: [SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]");
        if (context is not null && context.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value ?? "")) > MaxContext) throw Errors.Validation("Encryption context is too long.");
        if (context?.Any(pair => pair.Value is null) == true) throw Errors.Validation("An encryption context's values are text.");
    }
}
