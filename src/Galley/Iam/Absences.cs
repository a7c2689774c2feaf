using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>What nobody can have here (machines, MFA devices, certificates, SAML): told truthfully as none, since tools ask before they delete.</summary>
internal sealed class Absences(Identities identities)
{
    /// <summary>There are no machines here that a profile could be for; tools ask before they delete a role.</summary>
    public async ValueTask<InstanceProfilesResponse> ListInstanceProfilesForRole(ListOfRoleRequest request, Call call)
    {
        _ = await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.Role, request.RoleName));
        return new([], false);
    }

    public ValueTask<InstanceProfilesResponse> ListInstanceProfiles(ListOfAccountRequest request, Call call) => new(new InstanceProfilesResponse([], false));

    public ValueTask<ListVirtualMFADevicesResponse> ListVirtualMFADevices(ListVirtualMFADevicesRequest request, Call call) => new(new ListVirtualMFADevicesResponse([], false));

    public ValueTask<ListSAMLProvidersResponse> ListSAMLProviders(Empty request, Call call) => new(new ListSAMLProvidersResponse([]));

    public ValueTask<ListMFADevicesResponse> ListMFADevices(ListOfMaybeUserRequest request, Call call) => Of(request.UserName, call, new ListMFADevicesResponse([], false));

    public ValueTask<ListSSHPublicKeysResponse> ListSSHPublicKeys(ListOfMaybeUserRequest request, Call call) => Of(request.UserName, call, new ListSSHPublicKeysResponse([], false));

    public ValueTask<ListSigningCertificatesResponse> ListSigningCertificates(ListOfMaybeUserRequest request, Call call) => Of(request.UserName, call, new ListSigningCertificatesResponse([], false));

    public ValueTask<ListServiceSpecificCredentialsResponse> ListServiceSpecificCredentials(ListServiceSpecificCredentialsRequest request, Call call)
        => Of(request.UserName, call, new ListServiceSpecificCredentialsResponse([]));

    /// <summary>No policy is ever set: a password cannot be used anywhere.</summary>
    public ValueTask<Empty> GetAccountPasswordPolicy(Empty request, Call call) => throw Errors.NoSuchEntity($"The Password Policy with domain name {call.Account} cannot be found.");

    private async ValueTask<T> Of<T>(string? user, Call call, T none)
    {
        if (user is not null) _ = await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.User, user));
        return none;
    }
}
