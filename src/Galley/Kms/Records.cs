namespace Galley.Kms;

/// <summary>A key as stored: symmetric, for encryption and decryption, its material made here.</summary>
internal sealed record KeyRecord
{
    public required string KeyId { get; init; }

    public required DateTimeOffset Created { get; init; }

    public string Description { get; init; } = "";

    public bool Enabled { get; init; } = true;

    /// <summary>When it goes; null for a key that stays.</summary>
    public DateTimeOffset? DeletionDate { get; init; }

    public required string Policy { get; init; }

    public IReadOnlyList<Tag> Tags { get; init; } = [];

    /// <summary>Sealed, by number; the last one encrypts, all of them decrypt.</summary>
    public required IReadOnlyList<string> Materials { get; init; }

    /// <summary>Days between rotations; null for none.</summary>
    public int? RotationPeriod { get; init; }

    /// <summary>The next rotation, which happens at the first use after it.</summary>
    public DateTimeOffset? NextRotation { get; init; }
}

internal sealed record AliasRecord(string Name, string KeyId, DateTimeOffset Created, DateTimeOffset Updated);
