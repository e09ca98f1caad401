import { useState } from 'react';

export const themes = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof themes)[number];

export const themeNames: Readonly<Record<Theme, string>> = {
  system: 'System',
  light: 'Light',
  dark: 'Dark',
  contrast: 'Contrast',
};

const key = 'theme';

export function applyTheme(theme: Theme = keptTheme()): void {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset['theme'] = theme;
}

function keptTheme(): Theme {
  const kept = localStorage.getItem(key);
  const asked = matchMedia('(prefers-contrast: more)').matches ? 'contrast' : 'system';
  return themes.find((one) => one === kept) ?? asked;
}

export const nextTheme = (theme: Theme): Theme =>
  themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';

export function useTheme() {
  const [theme, set] = useState(keptTheme);
  const setTheme = (next: Theme) => {
    localStorage.setItem(key, next);
    applyTheme(next);
    set(next);
  };
  return { theme, setTheme };
}
