using Galley.Wire;

namespace Galley.Iam;

/// <summary>
/// The role that Galley's own pages act as: made with an administrator's rights when a page first needs keys, and from then on a role as any
/// other. Whoever takes rights from it takes them from those pages. One thing they never may, whatever the role is given: take the whole state
/// out or put another in, for that archive holds the master key.
/// </summary>
internal sealed class ConsoleRole(Installation installation, Identities identities, Sts sts)
{
    private const string Name = "GalleyConsole", Service = "signin.amazonaws.com", Administrator = "arn:aws:iam::aws:policy/AdministratorAccess";

    private const string NotTheWholeState = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["galley:SaveSnapshot","galley:LoadSnapshot"],"Resource":"*"}]}""";

    /// <summary>Where the role stands; it is Galley's own and in no template.</summary>
    public const string Path = "/galley/";

    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public async ValueTask<TemporaryCredentials> Credentials()
    {
        var call = installation.CallAs(Principal.Service(Service));
        var role = await identities.Store.Read(tx => Identities.Find(tx, call.Account, IdentityKind.Role, Name)) ?? await Make(call);
        return await sts.AssumeForService(role.Arn, Service, "browser", Life, [], NotTheWholeState);
    }

    private ValueTask<Identity> Make(Call call) => identities.Store.Write(async tx =>
    {
        if (await Identities.Find(tx, call.Account, IdentityKind.Role, Name) is { } made) return made;
        var role = identities.Draft(call, IdentityKind.Role, Name, Path, null, null) with
        {
            Trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"{{Service}}"},"Action":"sts:AssumeRole"}]}""",
            Attached = [Administrator],
            Description = "What Galley's own pages may do.",
        };
        Identities.Put(tx, call, role);
        return role;
    });
}
