// Input: an id in a path, and the body of 20 fields. JSON has no dates, so a date is validated but
// remains text.

import { z } from "zod";

export const ProductId = z.coerce.number().int().min(0).max(2 ** 31 - 1);

const name = z.string().min(1).max(100);

export const Delivery = z.object({
  reference: z.uuid(),
  first_name: name,
  last_name: name,
  company: z.string().max(100),
  street: z.string().min(1).max(200),
  house_number: z.string().min(1).max(20),
  postcode: z.string().min(3).max(12),
  city: name,
  country: z.string().length(2),
  phone: z.string().min(5).max(20),
  language: z.enum(["en", "de", "fr", "es"]),
  currency: z.enum(["GBP", "EUR", "USD"]),
  quantity: z.int().min(1).max(999),
  weight_kg: z.number().positive().max(1000),
  discount: z.number().min(0).max(1),
  gift: z.boolean(),
  express: z.boolean(),
  newsletter: z.boolean(),
  delivery_date: z.iso.date(),
  instructions: z.string().max(500),
});
