using System.Globalization;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The account seen whole: counts, every identity with its policies, and the credential report.</summary>
internal sealed class AccountReports(Identities identities, Installation installation, Observations observations)
{
    private const string None = "N/A";

    public async ValueTask<GetAccountSummaryResponse> GetAccountSummary(Empty request, Call call)
    {
        var (users, roles, groups, policies, keys, providers) = await installation.Store.Read(async tx =>
        {
            var all = await identities.All(tx, call, IdentityKind.User);
            return (all, await identities.All(tx, call, IdentityKind.Role), await identities.All(tx, call, IdentityKind.Group), await tx.List(Keys.Policies(call.Account), IamStoreJson.Default.ManagedPolicy),
                await tx.Get(Keys.Alias(call.Account)) is null ? 0 : 1, (await tx.List(Keys.OidcProviders(call.Account), IamStoreJson.Default.StoredOidcProvider)).Count);
        });
        Dictionary<string, int> counts = new()
        {
            ["AccessKeysPerUserQuota"] = 2,
            ["AccountAccessKeysPresent"] = 1,
            ["AccountMFAEnabled"] = 0,
            ["AccountPasswordPresent"] = 0,
            ["AccountSigningCertificatesPresent"] = 0,
            ["AssumeRolePolicySizeQuota"] = 2048,
            ["AttachedPoliciesPerGroupQuota"] = 10,
            ["AttachedPoliciesPerRoleQuota"] = 10,
            ["AttachedPoliciesPerUserQuota"] = 10,
            ["GroupPolicySizeQuota"] = 5120,
            ["Groups"] = groups.Count,
            ["InstanceProfiles"] = 0,
            ["MFADevices"] = 0,
            ["MFADevicesInUse"] = 0,
            ["Policies"] = policies.Count,
            ["PolicySizeQuota"] = 6144,
            ["PolicyVersionsInUse"] = policies.Sum(policy => policy.Versions.Count),
            ["Providers"] = providers,
            ["RolePolicySizeQuota"] = 10_240,
            ["Roles"] = roles.Count,
            ["ServerCertificates"] = 0,
            ["UserPolicySizeQuota"] = 2048,
            ["Users"] = users.Count,
            ["VersionsPerPolicyQuota"] = 5,
        };
        return new(new SummaryMap([.. counts.Select(pair => new SummaryEntry(pair.Key, pair.Value))]));
    }

    public async ValueTask<GetAccountAuthorizationDetailsResponse> GetAccountAuthorizationDetails(GetAccountAuthorizationDetailsRequest request, Call call)
    {
        string[] known = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];
        if (request.Filter?.FirstOrDefault(name => !known.Contains(name)) is { } wrong)
            throw Errors.Constraint($"[{wrong}]", "filter", $"Member must satisfy constraint: [Member must satisfy enum value set: [{string.Join(", ", known)}]]");
        return await installation.Store.Read(async tx =>
        {
            var everybody = new List<Identity>();
            foreach (var kind in Enum.GetValues<IdentityKind>()) everybody.AddRange(await identities.All(tx, call, kind));
            var policies = (await tx.List(Keys.Policies(call.Account), IamStoreJson.Default.ManagedPolicy)).Where(_ => Wants("LocalManagedPolicy"))
                .Concat(AwsPolicies.All.Where(policy => Wants("AWSManagedPolicy") && (request.Filter is not null || everybody.Any(identity => identity.Attached.Contains(policy.Arn) || identity.Boundary == policy.Arn))));
            var all = everybody.Where(identity => Wants(identity.Kind.ToString())).Select(identity => (Key: $"{identity.Kind}/{identity.Name}", Item: (object)identity))
                .Concat(policies.Select(policy => (Key: $"~{policy.Arn}", Item: (object)policy)));
            var (page, truncated, marker) = Pages.Page(all, one => one.Key, one => one.Item, request.Marker, request.MaxItems);
            var roles = new List<RoleDetail>();
            foreach (var role in page.OfType<Identity>().Where(identity => identity.Kind == IdentityKind.Role))
                roles.Add(Show(role, await observations.LastUseOf(tx, role.Arn) is { } use ? new(use.Time, use.Region) : new(null, null)));
            return new GetAccountAuthorizationDetailsResponse(
                [.. page.OfType<Identity>().Where(identity => identity.Kind == IdentityKind.User).Select(ShowUser)], [.. page.OfType<Identity>().Where(identity => identity.Kind == IdentityKind.Group).Select(ShowGroup)],
                roles, [.. page.OfType<ManagedPolicy>().Select(policy => Show(policy, everybody))], truncated, marker);
        });

        bool Wants(string name) => request.Filter is not { Count: > 0 } filter || filter.Contains(name);
    }

    public ValueTask<GenerateCredentialReportResponse> GenerateCredentialReport(Empty request, Call call) => new(new GenerateCredentialReportResponse("COMPLETE", "Report generated"));

    /// <summary>Made when asked for, so there is always one.</summary>
    public async ValueTask<GetCredentialReportResponse> GetCredentialReport(Empty request, Call call)
    {
        var csv = new StringBuilder("user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,"
            + "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
            + "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated");
        await installation.Store.Read(async tx =>
        {
            foreach (var user in (await identities.All(tx, call, IdentityKind.User)).OrderBy(user => user.Name, StringComparer.Ordinal))
            {
                var password = await tx.Get(Keys.LoginProfile(call.Account, user.Name)) is not null ? "true" : "false";
                csv.Append(CultureInfo.InvariantCulture, $"\n{user.Name},{user.Arn},{Time(user.Created)},{password},{None},{None},{None},false");
                var keys = await AccessKeys.Of(tx, call.Account, user.Name);
                for (var i = 0; i < 2; i++)
                    if (i >= keys.Count) csv.Append($",false,{None},{None},{None},{None}");
                    else
                    {
                        var use = await observations.LastUseOf(tx, keys[i].Id);
                        csv.Append(CultureInfo.InvariantCulture, $",{(keys[i].Active ? "true" : "false")},{Time(keys[i].Created)},{(use is null ? None : Time(use.Time))},{use?.Region ?? None},{use?.Service ?? None}");
                    }

                csv.Append($",false,{None},false,{None}");
            }

            return 0;
        });
        return new(Convert.ToBase64String(Encoding.UTF8.GetBytes(csv.ToString())), "text/csv", installation.Now);
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);

    private static List<PolicyDetail> Inline(Identity identity) => [.. identity.Inline.Select(policy => new PolicyDetail(policy.Key, Uri.EscapeDataString(policy.Value)))];

    private static List<AttachedPolicy> Attached(Identity identity) => [.. identity.Attached.Select(arn => new AttachedPolicy(arn[(arn.LastIndexOf('/') + 1)..], arn))];

    private static UserDetail ShowUser(Identity user)
        => new(user.Path, user.Name, user.Id, user.Arn, user.Created, Inline(user), user.Groups, Attached(user), Identities.Boundary(user), user.Tags);

    private static GroupDetail ShowGroup(Identity group) => new(group.Path, group.Name, group.Id, group.Arn, group.Created, Inline(group), Attached(group));

    private static RoleDetail Show(Identity role, RoleLastUsed used)
        => new(role.Path, role.Name, role.Id, role.Arn, role.Created, Uri.EscapeDataString(role.Trust), [], Inline(role), Attached(role), Identities.Boundary(role), role.Tags, used);

    private static ManagedPolicyDetail Show(ManagedPolicy policy, List<Identity> everybody) => new(
        policy.Name, policy.Id, policy.Arn, policy.Path, policy.DefaultVersion, everybody.Count(identity => identity.Attached.Contains(policy.Arn)), everybody.Count(identity => identity.Boundary == policy.Arn), true,
        policy.Description, policy.Created, policy.Updated,
        [.. policy.Versions.Select(version => new PolicyVersion(Uri.EscapeDataString(version.Document), version.Id, version.Id == policy.DefaultVersion, version.Created))]);
}
