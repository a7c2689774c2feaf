using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>Keys and aliases as AWS::KMS::Key and AWS::KMS::Alias. A template makes a key like it, not this one: what it encrypted stays with it.</summary>
internal sealed class KmsScan(KeyFinder finder)
{
    public IEnumerable<ResourceScanner> Scanners => [new("AWS::KMS::Key", "kms:DescribeKey", ScanKeys), new("AWS::KMS::Alias", "kms:ListAliases", ScanAliases)];

    private async ValueTask<IReadOnlyList<ScannedResource>> ScanKeys(Call call) => [.. (await finder.All(call)).Where(record => record.DeletionDate is null).Select(record =>
    {
        var said = new JsonObject { ["KeyPolicy"] = JsonNode.Parse(record.Policy) };
        if (record.Description.Length > 0) said["Description"] = record.Description;
        if (!record.Enabled) said["Enabled"] = false;
        if (record.RotationPeriod is { } days) (said["EnableKeyRotation"], said["RotationPeriodInDays"]) = (true, days);
        if (record.Tags.Count > 0) said["Tags"] = Described.Tags(record.Tags.Select(tag => KeyValuePair.Create(tag.TagKey, tag.TagValue)));
        return new ScannedResource(record.KeyId, said)
        {
            Identifier = Described.Of(("KeyId", record.KeyId)),
            Attributes = Described.Of(("Arn", KeyFinder.ArnOf(record.KeyId, call)), ("KeyId", record.KeyId)),
            Label = "Key",
        };
    })];

    private async ValueTask<IReadOnlyList<ScannedResource>> ScanAliases(Call call) => [.. (await finder.Aliases(call)).Select(alias => new ScannedResource(
        alias.Name, new JsonObject { ["AliasName"] = alias.Name, ["TargetKeyId"] = alias.KeyId })
    {
        Identifier = Described.Of(("AliasName", alias.Name)),
        Label = alias.Name["alias/".Length..] + " Alias",
        Parent = ("AWS::KMS::Key", alias.KeyId),
    })];
}
