using Galley.Store;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>
/// Customer managed keys: symmetric, for encryption and decryption, of material that is made here and never leaves. Other specs, usages and origins
/// are refused by name.
/// </summary>
internal sealed class CustomerKeys(Installation installation, KeyFinder finder, KeyMaterial material, KeyPolicies policies)
{
    public const string Symmetric = "SYMMETRIC_DEFAULT";

    private static readonly string[] Specs =
    [
        "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", Symmetric, "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512", "SM2",
        "ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ECC_NIST_EDWARDS25519",
    ];

    private static readonly string[] Usages = ["SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"], Origins = ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];

    public async ValueTask<KeyResponse> CreateKey(CreateKeyRequest request, Call call)
    {
        Only(request.KeySpec ?? request.CustomerMasterKeySpec, "KeySpec", Symmetric, Specs);
        Only(request.KeyUsage, "KeyUsage", "ENCRYPT_DECRYPT", Usages);
        Only(request.Origin, "Origin", "AWS_KMS", Origins);
        if (request.CustomKeyStoreId is not null) throw Errors.Unsupported("CustomKeyStoreId (custom key stores)");
        if (request.XksKeyId is not null) throw Errors.Unsupported("XksKeyId (external key stores)");
        if (request.MultiRegion == true) throw Errors.Unsupported("MultiRegion keys");
        CheckDescription(request.Description);
        KeyTags.Check(request.Tags ?? []);
        var keyId = installation.Ids.Uuid();
        if (request.Policy is { } policy) await policies.Check(policy, KeyFinder.ArnOf(keyId, call), request.BypassPolicyLockoutSafetyCheck == true, call);
        var record = new KeyRecord
        {
            KeyId = keyId,
            Created = installation.Now,
            Description = request.Description ?? "",
            Policy = request.Policy ?? KeyPolicies.Default(call.Account),
            Tags = request.Tags ?? [],
            Materials = [material.New(keyId, 0, call)],
        };
        await installation.Store.Write(transaction =>
        {
            transaction.Put(Keys.OneKey(call, keyId), record, KmsJson.Default.KeyRecord);
            return ValueTask.CompletedTask;
        });
        return new KeyResponse(Show(record, call));
    }

    public async ValueTask<KeyResponse> DescribeKey(DescribeKeyRequest request, Call call)
    {
        if (request.GrantTokens is { Count: > 0 }) throw Errors.InvalidGrantToken();
        return new KeyResponse(Show(await finder.Find(request.KeyId, call), call));
    }

    public async ValueTask<ListKeysResponse> ListKeys(ListKeysRequest request, Call call)
    {
        var (page, next) = Page.Of(await finder.All(call), record => record.KeyId, request.Limit ?? 100, 1000, request.Marker);
        return new ListKeysResponse([.. page.Select(record => new KeyListEntry(record.KeyId, KeyFinder.ArnOf(record.KeyId, call)))], next, next is not null);
    }

    public async ValueTask<Empty> UpdateKeyDescription(UpdateKeyDescriptionRequest request, Call call)
    {
        CheckDescription(request.Description);
        await finder.Change(request.KeyId, call, record => record with { Description = request.Description });
        return Empty.Value;
    }

    public async ValueTask<Empty> EnableKey(KeyRequest request, Call call)
    {
        await finder.Change(request.KeyId, call, record => record with { Enabled = true });
        return Empty.Value;
    }

    public async ValueTask<Empty> DisableKey(KeyRequest request, Call call)
    {
        await finder.Change(request.KeyId, call, record => record with { Enabled = false });
        return Empty.Value;
    }

    public async ValueTask<ScheduleKeyDeletionResponse> ScheduleKeyDeletion(ScheduleKeyDeletionRequest request, Call call)
    {
        var days = request.PendingWindowInDays ?? 30;
        if (days is < 7 or > 30) throw Errors.Constraint($"{days}", "pendingWindowInDays", days < 7 ? "Member must have value greater than or equal to 7" : "Member must have value less than or equal to 30");
        var record = await finder.Change(request.KeyId, call, record => record with { DeletionDate = installation.Now.AddDays(days) });
        return new ScheduleKeyDeletionResponse(KeyFinder.ArnOf(record.KeyId, call), record.DeletionDate!.Value, "PendingDeletion", days);
    }

    /// <summary>The key stays, disabled.</summary>
    public async ValueTask<KeyIdResponse> CancelKeyDeletion(KeyRequest request, Call call)
    {
        var record = await finder.Change(request.KeyId, call, record => record.DeletionDate is null
            ? throw Errors.NotPendingDeletion(KeyFinder.ArnOf(record.KeyId, call))
            : record with { DeletionDate = null, Enabled = false }, pendingToo: true);
        return new KeyIdResponse(KeyFinder.ArnOf(record.KeyId, call));
    }

    public static KeyMetadata Show(KeyRecord record, Call call) => new()
    {
        AWSAccountId = call.Account,
        KeyId = record.KeyId,
        Arn = KeyFinder.ArnOf(record.KeyId, call),
        CreationDate = record.Created,
        Enabled = record.Enabled && record.DeletionDate is null,
        Description = record.Description,
        KeyState = record.DeletionDate is not null ? "PendingDeletion" : record.Enabled ? "Enabled" : "Disabled",
        DeletionDate = record.DeletionDate,
    };

    private static void CheckDescription(string? description)
    {
        if (description is { Length: > 8192 }) throw Errors.Constraint(description, "description", "Member must have length less than or equal to 8192");
    }

    private static void Only(string? given, string name, string supported, string[] known)
    {
        if (given is null || given == supported) return;
        throw known.Contains(given) ? Errors.Unsupported($"{name} {given}")
            : Errors.Constraint(given, char.ToLowerInvariant(name[0]) + name[1..], $"Member must satisfy enum value set: [{string.Join(", ", known)}]");
    }
}
