using System.Text.RegularExpressions;

namespace Galley.Cognito;

/// <summary>The shape of a new user: what its name may be, and where a pool signs in by e-mail, that its name is its `sub`.</summary>
internal static partial class NewUsers
{
    public static User Draft(Installation installation, UserPool pool, string name, IReadOnlyList<UserAttribute> attributes)
    {
        if (name.Length is 0 or > 128 || !Allowed().IsMatch(name)) throw Errors.Constraint(name, "username", @"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+");
        var sub = installation.Ids.Uuid();
        var user = new User { Username = name, Sub = sub, Attributes = [], Enabled = true, Status = UserStatus.Unconfirmed, Created = installation.Now, Modified = installation.Now };
        if (!pool.SignInByAttribute)
        {
            if (pool.AliasAttributes?.Contains("email") == true && AttributeRules.IsEmail(name)) throw Errors.Parameter("Username cannot be of email format, since user pool is configured for email alias.");
            if (pool.AliasAttributes?.Contains("phone_number") == true && AttributeRules.IsPhone(name)) throw Errors.Parameter("Username cannot be of phone number format, since user pool is configured for phone number alias.");
            return user.With(attributes);
        }

        var by = pool.UsernameAttributes!.FirstOrDefault(attribute => attribute == "email" ? AttributeRules.IsEmail(name) : AttributeRules.IsPhone(name))
            ?? throw Errors.Parameter(pool.UsernameAttributes!.Count == 2 ? "Username should be either an email or a phone number." : pool.UsernameAttributes[0] == "email" ? "Username should be an email." : "Username should be a phone number.");
        var named = (user with { Username = sub }).With(attributes);
        return named[by] is null ? named.With(by, name) : named;
    }

    [GeneratedRegex(@"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$")]
    private static partial Regex Allowed();
}
