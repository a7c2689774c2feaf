using Galley.Wire;

namespace Galley.Edge;

/// <summary>Port: whose key is this? (Arrows/EdgeToIam)</summary>
internal interface IIdentifyCallers
{
    /// <summary>The key and its owner; null for an unknown one.</summary>
    ValueTask<CallerKey?> Find(string accessKeyId);
}

/// <summary>Port: may this caller do this? Throws the service's form of AccessDenied. (Arrows/EdgeToIam)</summary>
internal interface IAuthorizeCalls
{
    ValueTask Authorize(Call call, AwsService service, Operation operation, BoundCall bound);
}
