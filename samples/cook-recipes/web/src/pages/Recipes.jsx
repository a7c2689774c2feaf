import { useCallback, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { addRecipe, deleteRecipe, listRecipes, saveRecipe, Unauthorized } from "../api.js";
import RecipeCard from "../parts/RecipeCard.jsx";
import RecipeForm from "../parts/RecipeForm.jsx";

export default function Recipes({ isAdmin }) {
  const navigate = useNavigate();
  const [recipes, setRecipes] = useState();
  const [problem, setProblem] = useState("");
  const [edited, setEdited] = useState(null); // a recipe, "new" or null

  const attempt = useCallback(
    async (work) => {
      try {
        setProblem("");
        await work();
      } catch (error) {
        if (error instanceof Unauthorized) navigate("/unauthorized", { replace: true });
        else setProblem(error.message);
      }
    },
    [navigate],
  );

  const reload = useCallback(() => attempt(async () => setRecipes(sorted(await listRecipes()))), [attempt]);

  useEffect(() => {
    reload();
  }, [reload]);

  const save = (recipe) =>
    attempt(async () => {
      await (edited === "new" ? addRecipe(recipe) : saveRecipe(recipe));
      setEdited(null);
      await reload();
    });

  const remove = (recipe) => {
    if (confirm(`Delete ${recipe.name}?`))
      attempt(async () => {
        await deleteRecipe(recipe);
        await reload();
      });
  };

  return (
    <>
      <div className="title-row">
        <h1>Recipes</h1>
        {isAdmin && edited === null && (
          <button type="button" className="button" onClick={() => setEdited("new")}>
            Add a recipe
          </button>
        )}
      </div>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {isAdmin && edited === "new" && <RecipeForm isNew onSave={save} onCancel={() => setEdited(null)} />}
      {!recipes && !problem && (
        <p role="status" className="quiet">
          <span className="spinner" aria-hidden="true" /> Fetching recipes…
        </p>
      )}
      {recipes?.length === 0 && <p className="quiet">There are no recipes yet.</p>}
      <ul className="cards">
        {recipes?.map((recipe) => (
          <li key={`${recipe.category}/${recipe.name}`}>
            {isAdmin && edited === recipe ? (
              <RecipeForm recipe={recipe} onSave={save} onCancel={() => setEdited(null)} />
            ) : (
              <RecipeCard recipe={recipe} onEdit={isAdmin ? () => setEdited(recipe) : undefined} onDelete={isAdmin ? () => remove(recipe) : undefined} />
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const sorted = (recipes) => [...recipes].sort((a, b) => a.name.localeCompare(b.name) || a.category.localeCompare(b.category));
