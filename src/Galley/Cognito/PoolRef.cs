namespace Galley.Cognito;

/// <summary>Where a user pool lives. The region is also the first part of the pool's id.</summary>
internal sealed record PoolRef(string Account, string Region, string Id)
{
    public string Arn => $"arn:aws:cognito-idp:{Region}:{Account}:userpool/{Id}";

    /// <summary>The issuer of its tokens, in AWS's form whatever host served them.</summary>
    public string Issuer => $"https://cognito-idp.{Region}.amazonaws.com/{Id}";

    /// <summary>The part of the id after `_`, which SRP mixes into its hashes.</summary>
    public string ShortName => Id[(Id.IndexOf('_', StringComparison.Ordinal) + 1)..];
}
