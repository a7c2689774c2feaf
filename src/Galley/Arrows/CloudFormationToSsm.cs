using Galley.CloudFormation;
using Galley.Iam;
using Galley.Ssm;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>CloudFormation reads plain parameters with the rights of whoever deploys; a SecureString is never read this way.</summary>
internal sealed class CloudFormationToSsm(SsmService ssm, IamService iam) : IReadParameters
{
    private static readonly Dictionary<string, string> NoConditions = [];

    public async ValueTask<string?> Read(string name, string? version, Call call)
        => call.Principal.Kind == PrincipalKind.Root || await iam.Allows(call.Principal, "ssm:GetParameters", SsmService.ArnOf(name, call), null, NoConditions)
            ? await ssm.Plain(name, version, call)
            : null;
}
