using Galley.Edge;
using Galley.Iam;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>The edge asks IAM whose key signed, and whether that caller may do what it asks; Galley's own pages get keys of a role of their own.</summary>
internal sealed class EdgeToIam(Installation installation, IamService iam) : IIdentifyCallers, IAuthorizeCalls, IActForTheConsole
{
    public ValueTask<CallerKey?> Find(string accessKeyId) => iam.FindKey(accessKeyId);

    public ValueTask Authorize(Call call, AwsService service, Operation operation, BoundCall bound) => iam.Authorize(call, service, operation, bound);

    public async ValueTask<ConsoleCredentials> Credentials()
    {
        var made = await iam.ConsoleCredentials();
        return new(made.AccessKeyId, made.SecretAccessKey, made.SessionToken, made.Expiration, installation.Region, installation.Account);
    }
}
