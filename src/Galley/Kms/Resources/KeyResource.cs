using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>AWS::KMS::Key: Ref is the key's id. A key that leaves its template is not gone before its window has passed.</summary>
internal sealed class KeyResource(CustomerKeys keys, KeyFinder finder, KeyMaterial material, KeyPolicies policies, KeyTags tags) : IResourceHandler
{
    public string Type => "AWS::KMS::Key";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var wanted = request.Read(KmsPropertiesJson.Default.KeyProperties);
        var made = (await keys.CreateKey(new CreateKeyRequest
        {
            Description = wanted.Description,
            Policy = wanted.KeyPolicy?.ToJsonString(),
            KeySpec = wanted.KeySpec,
            KeyUsage = wanted.KeyUsage,
            Origin = wanted.Origin,
            MultiRegion = wanted.MultiRegion,
            BypassPolicyLockoutSafetyCheck = wanted.BypassPolicyLockoutSafetyCheck,
            Tags = TagsOf(wanted),
        }, call)).KeyMetadata;
        request.Exists(made.KeyId);
        await Settle(wanted, made.KeyId, call);
        return Made(made.KeyId, call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var (wanted, record) = (request.Read(KmsPropertiesJson.Default.KeyProperties), await finder.Find(request.PhysicalId, call));
        if (wanted is not { KeySpec: null or CustomerKeys.Symmetric, KeyUsage: null or "ENCRYPT_DECRYPT", Origin: null or "AWS_KMS", MultiRegion: not true })
            throw Errors.Unsupported("KeySpec, KeyUsage, Origin and MultiRegion other than a symmetric key's");
        var policy = wanted.KeyPolicy?.ToJsonString() ?? KeyPolicies.Default(call.Account);
        await policies.Require(call, "kms:PutKeyPolicy", record);
        // A disabled key takes no rotation, and one may not want to be enabled any more.
        if (!record.Enabled) await keys.EnableKey(new KeyRequest { KeyId = record.KeyId }, call);
        await keys.UpdateKeyDescription(new UpdateKeyDescriptionRequest { KeyId = record.KeyId, Description = wanted.Description ?? "" }, call);
        await tags.Set(record.KeyId, TagsOf(wanted), call);
        await Settle(wanted, record.KeyId, call);
        await policies.PutKeyPolicy(new PutKeyPolicyRequest { KeyId = record.KeyId, Policy = policy, BypassPolicyLockoutSafetyCheck = wanted.BypassPolicyLockoutSafetyCheck }, call);
        return Made(record.KeyId, call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            var record = await finder.Find(request.PhysicalId, call);
            if (record.DeletionDate is not null) return;
            await policies.Require(call, "kms:ScheduleKeyDeletion", record);
            await keys.ScheduleKeyDeletion(new ScheduleKeyDeletionRequest { KeyId = record.KeyId, PendingWindowInDays = request.Read(KmsPropertiesJson.Default.KeyProperties).PendingWindowInDays }, call);
        }
        catch (AwsError e) when (e.Code == "NotFoundException")
        {
            // gone already
        }
    }

    private async ValueTask Settle(KeyProperties wanted, string keyId, Call call)
    {
        if (wanted.EnableKeyRotation == true) await material.EnableKeyRotation(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = wanted.RotationPeriodInDays }, call);
        else await material.DisableKeyRotation(new KeyRequest { KeyId = keyId }, call);
        if (wanted.Enabled == false) await keys.DisableKey(new KeyRequest { KeyId = keyId }, call);
    }

    private static List<Tag> TagsOf(KeyProperties properties) => [.. (properties.Tags ?? []).Select(tag => new Tag(tag.Key, tag.Value))];

    private static Resource Made(string keyId, Call call) => new(keyId, new Dictionary<string, string> { ["Arn"] = KeyFinder.ArnOf(keyId, call), ["KeyId"] = keyId });
}

internal sealed record KeyProperties
{
    public string? Description { get; init; }
    public bool? Enabled { get; init; }
    public bool? EnableKeyRotation { get; init; }
    public int? RotationPeriodInDays { get; init; }
    public JsonNode? KeyPolicy { get; init; }
    public string? KeySpec { get; init; }
    public string? KeyUsage { get; init; }
    public string? Origin { get; init; }
    public bool? MultiRegion { get; init; }
    public int? PendingWindowInDays { get; init; }
    public bool? BypassPolicyLockoutSafetyCheck { get; init; }
    public IReadOnlyList<ResourceTag>? Tags { get; init; }
}

internal sealed record AliasProperties(string AliasName, string TargetKeyId);

internal sealed record ResourceTag(string Key, string Value);

[JsonSourceGenerationOptions(
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.AllowReadingFromString, Converters = [typeof(ScalarTextConverter), typeof(TextBooleanConverter)])]
[JsonSerializable(typeof(KeyProperties))]
[JsonSerializable(typeof(AliasProperties))]
internal sealed partial class KmsPropertiesJson : JsonSerializerContext;
