using System.Security.Cryptography;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>
/// The 32 bytes behind a key: made at random, sealed under the installation's master key for this key and number alone, opened only while they are
/// used. A rotation adds new ones, at the first use after it is due; older ones still decrypt.
/// </summary>
internal sealed class KeyMaterial(Installation installation, KeyFinder finder)
{
    private const int Size = 32, UsualPeriod = 365;

    public string New(string keyId, int number, Call call)
    {
        var bytes = RandomNumberGenerator.GetBytes(Size);
        var sealedBytes = installation.Secrets.Seal(Purpose(keyId, number, call), bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return sealedBytes;
    }

    /// <summary>The material that encrypts now, with its number; due rotations are made first.</summary>
    public async ValueTask<(byte[] Bytes, int Number)> Current(KeyRecord record, Call call)
    {
        if (record.NextRotation <= installation.Now) record = await finder.Change(record.KeyId, call, Rotated);
        return (Open(record, record.Materials.Count - 1, call)!, record.Materials.Count - 1);

        KeyRecord Rotated(KeyRecord old) => old.NextRotation is not { } due || due > installation.Now
            ? old
            : old with { Materials = [.. old.Materials, New(old.KeyId, old.Materials.Count, call)], NextRotation = installation.Now.AddDays(old.RotationPeriod!.Value) };
    }

    /// <summary>Null for a number that the key never had.</summary>
    public byte[]? Open(KeyRecord record, int number, Call call)
        => number < 0 || number >= record.Materials.Count ? null : installation.Secrets.Open(Purpose(record.KeyId, number, call), record.Materials[number]);

    public async ValueTask<Empty> EnableKeyRotation(EnableKeyRotationRequest request, Call call)
    {
        var days = request.RotationPeriodInDays;
        if (days is < 90 or > 2560) throw Errors.Constraint($"{days}", "rotationPeriodInDays", days < 90 ? "Member must have value greater than or equal to 90" : "Member must have value less than or equal to 2560");
        await finder.Change(request.KeyId, call, record =>
        {
            if (!record.Enabled) throw Errors.Disabled(KeyFinder.ArnOf(record.KeyId, call));
            var period = days ?? record.RotationPeriod ?? UsualPeriod;
            return period == record.RotationPeriod ? record : record with { RotationPeriod = period, NextRotation = installation.Now.AddDays(period) };
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> DisableKeyRotation(KeyRequest request, Call call)
    {
        await finder.Change(request.KeyId, call, record => record.Enabled ? record with { RotationPeriod = null, NextRotation = null } : throw Errors.Disabled(KeyFinder.ArnOf(record.KeyId, call)));
        return Empty.Value;
    }

    public async ValueTask<KeyRotationStatus> GetKeyRotationStatus(KeyRequest request, Call call)
    {
        var record = await finder.Find(request.KeyId, call, aliases: false);
        return new KeyRotationStatus(record.RotationPeriod is not null, KeyFinder.ArnOf(record.KeyId, call), record.RotationPeriod, record.NextRotation);
    }

    private static string Purpose(string keyId, int number, Call call) => $"kms/{call.Account}/{call.Region}/{keyId}/{number}";
}
