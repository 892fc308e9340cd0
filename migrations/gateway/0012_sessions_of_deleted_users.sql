-- The ended sessions of a deleted user stay as long as other ended sessions, so that a request with such a token is answered
-- "your session has ended" instead of "invalid API key".
alter table sessions drop constraint sessions_user_id_fkey;
comment on column sessions.user_id is 'id of the user; the user may be deleted since';
